// Plain JavaScript without dependencies: it runs on the Node a machine happens to have (18 or later), before anything is installed.
//
//   node scripts/setup.mjs                      install what is missing or out of date
//   node scripts/setup.mjs <script> [args…]     the same, then run the script on the pinned Node
//
// The second form exists because `node scripts/setup.mjs && node script.ts` does not work on a fresh clone: the shell
// remembers where it found the first `node` and would run the script on the old one.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const requiredMajor = 24;

/** What `npm ci` would change, as short lines; empty when the installed tree is the one of the lock file. */
export function outdated(lock, installed) {
  const found = [];
  for (const [path, wanted] of Object.entries(lock.packages ?? {})) {
    if (path === '' || wanted.optional) continue;
    const present = installed?.packages?.[path];
    const name = path.replace(/^.*node_modules\//, '');
    if (!present) found.push(`${name} is missing`);
    else if (present.version !== wanted.version) found.push(`${name} is ${present.version}, not ${wanted.version}`);
  }
  return found;
}

export function major(version) {
  return Number.parseInt(String(version).replace(/^v/, ''), 10);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const pinnedNode = () =>
  ['node', 'node.exe'].map((name) => join(root, 'node_modules', 'node', 'bin', name)).find((path) => existsSync(path));

/** A Node that can run this repository: the pinned one, else the current one if it is new enough. */
function usableNode() {
  const pinned = pinnedNode();
  if (pinned && pinned === process.execPath) return pinned;
  if (pinned) {
    const answer = spawnSync(pinned, ['--version'], { encoding: 'utf8' });
    if (answer.status === 0 && major(answer.stdout) >= requiredMajor) return pinned;
  }
  return major(process.versions.node) >= requiredMajor ? process.execPath : undefined;
}

// npm replaces node_modules, so it must not itself run on the Node in there.
function environmentOutsideRepository() {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const path = (process.env[key] ?? '')
    .split(delimiter)
    .filter((entry) => !entry.includes(`${root}${sep}node_modules`));
  const environment = { ...process.env, [key]: path.join(delimiter) };
  delete environment.npm_node_execpath;
  delete environment.NODE;
  return environment;
}

/** Runs npm quietly behind one line of progress; shows its output only when it fails. */
function npm(label, args) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const terminal = process.stderr.isTTY;
  process.stderr.write(`${label} … `);
  const ticker = terminal && setInterval(() => process.stderr.write(`\r${label} … ${seconds()}`), 1000);
  return new Promise((done) => {
    const child = spawn('npm', args, {
      cwd: root,
      env: environmentOutsideRepository(),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const finish = (ok, detail) => {
      if (ticker) clearInterval(ticker);
      const line = `${ok ? 'done in' : 'failed after'} ${seconds()}`;
      process.stderr.write(terminal ? `\r\u001b[K${label} … ${line}\n` : `${line}\n`);
      if (!ok) process.stderr.write(`${detail.trim()}\n`);
      done(ok);
    };
    child.on('error', (error) => finish(false, `npm could not be started: ${error.message}`));
    child.on('close', (code) => finish(code === 0, output));
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

async function setUp() {
  const lock = readJson(join(root, 'package-lock.json'));
  if (!lock) fail('package-lock.json is missing or unreadable.\nRestore it: git checkout package-lock.json');
  if (outdated(lock, readJson(join(root, 'node_modules', '.package-lock.json'))).length > 0) {
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    const installed = await npm('installing dependencies from package-lock.json', ['ci', ...quiet]);
    if (!installed)
      fail('The dependencies are not installed. Check the network connection and run the same command again.');
  }
  let node = usableNode();
  if (!node) {
    // An npm that skips install scripts (ignore-scripts=true) leaves the package `node` without its binary.
    const args = ['rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts', '--loglevel=error'];
    await npm(`fetching Node ${requiredMajor}`, args);
    node = usableNode();
  }
  if (!node) {
    fail(
      `This repository needs Node ${requiredMajor} or later; this is ${process.version}, and the pinned one could not be installed.\n` +
        'Run "npm rebuild node --ignore-scripts=false", or install Node 24 from https://nodejs.org.',
    );
  }
  return node;
}

async function run(node, script, args) {
  if (major(process.versions.node) >= requiredMajor) {
    process.argv.splice(1, process.argv.length, resolve(script), ...args);
    await import(pathToFileURL(resolve(script)).href);
    return;
  }
  const child = spawn(node, [script, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${node} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0) : (code ?? 1);
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const [script, ...args] = process.argv.slice(2);
  const node = await setUp();
  if (script) await run(node, script, args);
}
