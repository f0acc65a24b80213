import type { Component } from './component.ts';
import { security } from './security.ts';
import { timer } from './timer.ts';

/** The components that every machine may use. */
export const builtInComponents: readonly Component[] = [timer, security];
