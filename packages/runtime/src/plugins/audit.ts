import type { Json } from '@fsm/core';
import { z } from 'zod';
import { type AuditEntry, type AuditSink, AuditTrail } from './audit-trail.ts';
import { definePlugin, type Plugin } from './plugin.ts';
import { redact, secretKeys } from './redact.ts';
import type { Cause, Report } from './report.ts';

export interface AuditOptions {
  /** Where the trail is kept: `auditFile(path)`, `auditMemory()`, or your own. */
  readonly sink: AuditSink;
}

const options = z.strictObject({
  ignored: z.boolean().default(true).describe('Whether events that changed nothing are in the trail.'),
  data: z.boolean().default(false).describe('Whether the data of events is in the trail.'),
  redact: z
    .array(z.string().min(1))
    .default([])
    .describe('Keys whose values are hidden at any depth, besides passwords, tokens, codes and their like.'),
});

/**
 * The plugin Audit: an append-only trail of who did what to which instance, when, and where it led. Each entry carries the
 * hash of the one before, so that a changed, removed or inserted entry shows (`verifyAudit`). A line that is reported again
 * after a crash is not entered twice.
 *
 * ```ts
 * await openRuntime({ store: 'doors.db', plugins: [auditPlugin({ sink: auditFile('doors.audit.ndjson') })] });
 * // in the machine: "plugins": [{ "use": "Audit", "with": { "data": true } }]
 * verifyAudit(auditFile('doors.audit.ndjson')); // { entries: 7, head: { position: 7, hash: '…' } }
 * ```
 */
export function auditPlugin({ sink }: AuditOptions): Plugin<typeof options> {
  const trail = new AuditTrail(sink);
  return definePlugin({
    name: 'Audit',
    description: 'Keeps a trail of who did what to an instance, with a hash chain over it.',
    options,
    hooks({ ignored, data, redact: keys }) {
      const hidden = [...secretKeys, ...keys];
      const enter = (what: AuditEntry['what'], report: Report, more: { readonly error?: Json } = {}) => {
        const { tenant, instance, machine, sequence, at, event, by, from, to, again } = report;
        const carried = data && event.data !== undefined ? { data: redact(event.data, hidden) } : undefined;
        trail.enter(
          {
            at: new Date(at).toISOString(),
            tenant,
            instance,
            machine: { id: machine.id, hash: machine.hash },
            sequence,
            who: nameOf(by),
            what,
            event: event.type,
            from,
            to,
            ...carried,
            ...more,
          },
          again,
        );
      };
      return {
        created: (report) => enter('created', report),
        transition: (report) => enter('transition', report),
        ...(ignored ? { ignored: (report: Report) => enter('ignored', report) } : undefined),
        failed: (report) => enter('failed', report, { error: { ...report.error } as Json }),
        destroyed: (report) => enter('destroyed', report),
      };
    },
  });
}

function nameOf(by: Cause): string {
  switch (by.kind) {
    case 'outside':
      return by.id === undefined ? 'outside' : `outside, event ${by.id}`;
    case 'instance':
      return `instance ${by.instance}`;
    case 'timer':
      return `timer ${by.timer}`;
    case 'effect':
      return `effect ${by.invocation}`;
    case 'runtime':
      return 'runtime';
  }
}
