import { FsmError, type Json } from '@fsm/core';
import type { EffectFunction } from '@fsm/effects';

/** What goes wrong, chosen by the order itself. */
export type Trouble = 'out of stock' | 'card declined' | 'carrier busy' | 'no carrier' | 'refund refused' | null;

type Call = { readonly key: string; readonly attempt: number; readonly log: (message: Json) => void };

/**
 * A warehouse, a bank and a carrier: stand-ins for three requests over the network. Each names what it made after the
 * idempotency key, so that the same request again, after a crash, is the same reservation and no second charge.
 */
export const functions = {
  'warehouse.reserve'({ item, quantity, trouble }: { item: string; quantity: number; trouble: Trouble }, call: Call) {
    if (trouble === 'out of stock') throw new FsmError('OUT_OF_STOCK', `There are no ${quantity} × ${item} left.`);
    call.log(`reserved ${quantity} × ${item}`);
    return `reservation ${call.key}`;
  },
  'warehouse.release'({ reservation }: { reservation: string }, call: Call) {
    call.log(`released ${reservation}`);
    return null;
  },
  'bank.charge'({ amount, trouble }: { amount: number; trouble: Trouble }, call: Call) {
    if (trouble === 'card declined') throw new FsmError('CARD_DECLINED', 'The bank declined the card.');
    call.log(`charged ${amount} euros`);
    return `payment ${call.key}`;
  },
  'bank.refund'({ payment, trouble }: { payment: string; trouble: Trouble }, call: Call) {
    if (trouble === 'refund refused') throw new FsmError('REFUND_REFUSED', 'The bank refused the refund.');
    call.log(`refunded ${payment}`);
    return null;
  },
  'carrier.ship'({ reservation, trouble }: { reservation: string; trouble: Trouble }, call: Call) {
    if (trouble === 'carrier busy' && call.attempt < 3) {
      throw new FsmError('CARRIER_BUSY', 'The carrier does not answer.', { next: 'retry' });
    }
    if (trouble === 'no carrier' || trouble === 'refund refused') {
      throw new FsmError('NO_CARRIER', 'No carrier goes there.');
    }
    call.log(`shipped ${reservation}`);
    return `parcel ${call.key}`;
  },
} satisfies Readonly<Record<string, EffectFunction>>;
