import { auditFile, auditMemory, auditPlugin, type LogLine, loggerPlugin, type Plugin } from '@fsm/runtime';

/**
 * The plugins that a machine may name here. Logger writes to `log`; the trail of Audit stands beside the store,
 * `doors.db.audit.ndjson` for `doors.db`, and is gone with the process where the store is.
 */
export function builtInPlugins(log: (line: LogLine) => void, db: string | undefined): readonly Plugin[] {
  const sink = db === undefined ? auditMemory() : auditFile(`${db.replace(/\/+$/, '')}.audit.ndjson`);
  return [loggerPlugin({ sink: log }), auditPlugin({ sink })];
}
