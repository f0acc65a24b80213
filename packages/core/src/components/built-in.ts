import { approvalGate } from './approval-gate.ts';
import { budgetGuard } from './budget-guard.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import type { Component } from './component.ts';
import { planAndExecute } from './plan-and-execute.ts';
import { saga } from './saga.ts';
import { security } from './security.ts';
import { taskRouter } from './task-router.ts';
import { timer } from './timer.ts';

/** The components that every machine may use. */
export const builtInComponents: readonly Component[] = [
  timer,
  security,
  saga,
  circuitBreaker,
  approvalGate,
  budgetGuard,
  planAndExecute,
  taskRouter,
];
