import { equal } from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';

/** `node run.mjs DB EXECUTIONS STEPS`: the last line it prints is the round as JSON. */
const [db = ':memory:', ...sizes] = process.argv.slice(2);
const [executions = 100, steps = 100] = sizes.map(Number);

const State = Annotation.Root({ sum: Annotation() });
let graph = new StateGraph(State);
for (let step = 0; step < steps; step++) graph = graph.addNode(`step-${step}`, ({ sum }) => ({ sum: sum + 1 }));
graph = graph.addEdge(START, 'step-0');
for (let step = 1; step < steps; step++) graph = graph.addEdge(`step-${step - 1}`, `step-${step}`);
graph = graph.addEdge(`step-${steps - 1}`, END);

const database = new DatabaseSync(db);
const checkpointer = new SqliteSaver(driver(database));
const compiled = graph.compile({ checkpointer });
const config = (execution) => ({
  configurable: { thread_id: `execution-${execution}` },
  recursionLimit: steps + 10,
  durability: 'sync',
});
// The first thread makes the tables; after it the file waits for the disk as ours does.
await compiled.invoke({ sum: 0 }, config('first'));
database.exec('PRAGMA synchronous = FULL');
equal(database.prepare('PRAGMA journal_mode').get().journal_mode, 'wal');
equal(database.prepare('PRAGMA synchronous').get().synchronous, 2);

const all = Array.from({ length: executions }, (_, execution) => execution);
const cpuStart = process.cpuUsage();
const start = performance.now();
await Promise.all(all.map((execution) => compiled.invoke({ sum: 0 }, config(execution))));
const seconds = (performance.now() - start) / 1000;
const cpu = process.cpuUsage(cpuStart);
for (const execution of all) equal((await compiled.getState(config(execution))).values.sum, steps);
const total = executions * steps;
console.log(
  JSON.stringify({ stepsPerSecond: total / seconds, stepsPerCpuSecond: total / ((cpu.user + cpu.system) / 1e6) }),
);

/** The driver SqliteSaver expects, over the one that Node brings along: nothing has to be compiled to install it. */
function driver(database) {
  const known = new Map();
  const prepare = (sql) => {
    const statement = known.get(sql) ?? database.prepare(sql);
    known.set(sql, statement);
    const bound = (args) => args.map((value) => value ?? null);
    return {
      run: (...args) => statement.run(...bound(args)),
      get: (...args) => statement.get(...bound(args)),
      all: (...args) => statement.all(...bound(args)),
    };
  };
  const transaction = (work) => (argument) => {
    database.exec('BEGIN IMMEDIATE');
    try {
      work(argument);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
  return { prepare, transaction, exec: (sql) => database.exec(sql), pragma: (text) => database.exec(`PRAGMA ${text}`) };
}
