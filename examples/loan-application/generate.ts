import { parseArgs } from 'node:util';
import { Random } from './random.ts';
import { day, type Outcome, type SampleEvent, Story } from './story.ts';

export interface SampleOptions {
  /** The same seed gives the same sample. */
  readonly seed?: number;
  readonly applications?: number;
}

export interface SampleApplication {
  readonly instance: string;
  readonly amount: number;
  /** What the machine must show after the last event. */
  readonly outcome: Outcome;
  readonly events: readonly SampleEvent[];
}

const opening = Date.UTC(2030, 9, 1);
const daysOfArrivals = 152;
/** Nothing after this moment is in the sample: who is still waiting then stays undecided, as in a real log. */
const end = opening + (daysOfArrivals + 14) * day;

/**
 * Made-up loan applications that behave like real ones: as many declined at the door, as many calls before somebody
 * answers, offers replaced and forgotten, a nightly run that cleans up after thirty days. The probabilities are rounded
 * from the log of a bank; no application is copied from it.
 *
 * ```ts
 * for (const { instance, outcome, events } of sampleApplications({ seed: 7, applications: 300 })) …
 * ```
 */
export function* sampleApplications(options: SampleOptions = {}): Generator<SampleApplication> {
  const { seed = 7, applications = 300 } = options;
  for (let number = 1; number <= applications; number++) {
    // Every application has its own source of chance: a longer sample contains the shorter one.
    const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b));
    const instance = `loan-${String(number).padStart(5, '0')}`;
    const amount = drawAmount(random);
    const story = new Story(random, instance, amount, drawArrival(random));
    submit(story);
    yield {
      instance,
      amount,
      outcome: story.decision.at < end ? story.decision.outcome : 'undecided',
      events: story.events.filter((event) => Date.parse(event.at) < end),
    };
  }
}

/** The sample as one log, in order of time. Within an application the order is the order in which things happened. */
export function sampleEvents(options: SampleOptions = {}): SampleEvent[] {
  const events = [...sampleApplications(options)].flatMap((application) => application.events);
  return events.sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
}

const popularAmounts = {
  other: 40,
  5000: 15,
  10000: 11,
  15000: 8,
  20000: 5,
  25000: 5,
  6000: 4,
  8000: 3,
  7500: 3,
  50000: 2.5,
  30000: 2.5,
};

function drawAmount(random: Random): number {
  const drawn = random.weighted(popularAmounts);
  if (drawn !== 'other') return Number(drawn);
  return Math.min(Math.max(Math.round(random.skewed(9000, 0.9) / 100) * 100, 500), 99_900);
}

/** Most people apply during the day and after dinner, hardly anybody before six in the morning. */
function drawArrival(random: Random): number {
  const date = Math.floor(random.between(0, daysOfArrivals));
  const hour = random.chance(0.03)
    ? random.between(0, 6)
    : random.chance(0.6)
      ? random.between(8, 17)
      : random.between(17, 23);
  return opening + (date + hour / 24) * day;
}

function submit(story: Story): void {
  story.automatic('A_SUBMITTED', 'A_PARTLYSUBMITTED');
  story.seconds(28, 45);
  switch (story.random.weighted({ refused: 26, lead: 37, promising: 37 })) {
    case 'refused':
      story.automatic('A_DECLINED');
      story.decide('declined');
      break;
    case 'promising':
      story.automatic('A_PREACCEPTED');
      story.schedule('W_Completeren_aanvraag', 'system');
      complete(story);
      break;
    case 'lead':
      story.schedule('W_Afhandelen_leads', 'system');
      followUp(story);
      break;
  }
}

function followUp(story: Story): void {
  story.fruitlessTurns('W_Afhandelen_leads', 0.2);
  if (story.random.chance(0.48)) {
    story.turn('W_Afhandelen_leads', () => {
      story.byClerk('A_DECLINED');
      story.decide('declined');
    });
    return;
  }
  story.turn('W_Afhandelen_leads', () => {
    story.byClerk('A_PREACCEPTED');
    story.schedule('W_Completeren_aanvraag', 'clerk');
  });
  complete(story);
}

function complete(story: Story): void {
  story.fruitlessTurns('W_Completeren_aanvraag', 0.67);
  switch (story.random.weighted({ accepted: 70, declined: 15, withdrawn: 8.5, forgotten: 6.5 })) {
    case 'declined':
      story.turn('W_Completeren_aanvraag', () => {
        story.byClerk('A_DECLINED');
        story.decide('declined');
      });
      break;
    case 'withdrawn':
      story.turn('W_Completeren_aanvraag', () => {
        story.byClerk('A_CANCELLED');
        story.decide('cancelled');
      });
      break;
    case 'forgotten':
      story.days(28, 30);
      story.closedAtNight('W_Completeren_aanvraag');
      story.automatic('A_CANCELLED');
      story.decide('cancelled');
      break;
    case 'accepted':
      story.turn('W_Completeren_aanvraag', () => {
        story.byClerk('A_ACCEPTED');
        story.seconds(20, 300);
        story.byClerk(...story.random.shuffled(['O_SELECTED', 'A_FINALIZED']), 'O_CREATED', 'O_SENT');
        story.schedule('W_Nabellen_offertes', 'clerk');
      });
      awaitAnswer(story);
      break;
  }
}

function awaitAnswer(story: Story): void {
  story.fruitlessTurns('W_Nabellen_offertes', 0.68);
  switch (story.random.weighted({ returned: 57, replaced: 22, withdrawn: 12, forgotten: 9 })) {
    case 'replaced':
      story.turn('W_Nabellen_offertes', () => {
        story.byClerk(...story.random.shuffled(['O_SELECTED', 'O_CANCELLED']), 'O_CREATED', 'O_SENT');
        story.schedule('W_Nabellen_offertes', 'clerk');
      });
      awaitAnswer(story);
      break;
    case 'withdrawn':
      story.turn('W_Nabellen_offertes', () => {
        story.byClerk(...story.random.shuffled(['O_CANCELLED', 'A_CANCELLED']));
        story.decide('cancelled');
      });
      break;
    case 'forgotten':
      story.days(30, 31);
      story.closedAtNight('W_Nabellen_offertes');
      story.automatic(...story.random.shuffled(['O_CANCELLED', 'A_CANCELLED']));
      story.decide('cancelled');
      break;
    case 'returned':
      story.days(2, 12);
      story.turn('W_Nabellen_offertes', () => {
        story.byClerk('O_SENT_BACK');
        story.schedule('W_Valideren_aanvraag', 'clerk');
      });
      assess(story);
      break;
  }
}

function assess(story: Story): void {
  story.days(0.5, 4);
  story.fruitlessTurns('W_Valideren_aanvraag', 0.3);
  if (story.random.chance(0.02)) investigate(story);
  switch (story.random.weighted({ approved: 42, incomplete: 38, declined: 15, withdrawn: 5 })) {
    case 'approved':
      story.turn('W_Valideren_aanvraag', () => {
        story.byClerk('O_ACCEPTED', ...story.random.shuffled(['A_APPROVED', 'A_REGISTERED', 'A_ACTIVATED']));
        story.decide('approved');
      });
      if (story.random.chance(0.01)) story.schedule('W_Wijzigen_contractgegevens', 'clerk');
      break;
    case 'declined':
      story.turn('W_Valideren_aanvraag', () => {
        story.byClerk(...story.random.shuffled(['O_DECLINED', 'A_DECLINED']));
        story.decide('declined');
      });
      break;
    case 'withdrawn':
      story.turn('W_Valideren_aanvraag', () => {
        story.byClerk(...story.random.shuffled(['O_CANCELLED', 'A_CANCELLED']));
        story.decide('cancelled');
      });
      break;
    case 'incomplete':
      story.turn('W_Valideren_aanvraag', () => story.schedule('W_Nabellen_incomplete_dossiers', 'clerk'));
      story.fruitlessTurns('W_Nabellen_incomplete_dossiers', 0.8);
      story.turn('W_Nabellen_incomplete_dossiers', () => story.schedule('W_Valideren_aanvraag', 'clerk'));
      assess(story);
      break;
  }
}

function investigate(story: Story): void {
  story.schedule('W_Beoordelen_fraude', 'system');
  story.fruitlessTurns('W_Beoordelen_fraude', 0.5);
  story.turn('W_Beoordelen_fraude');
}

function main(): void {
  const options = readOptions();
  if (options === undefined) {
    process.stderr.write('Usage: node generate.ts [--seed <integer>] [--applications <how many>]\n');
    process.exitCode = 2;
    return;
  }
  // Whoever reads may have seen enough, as `head` does.
  process.stdout.on('error', () => process.exit());
  for (const event of sampleEvents(options)) process.stdout.write(`${JSON.stringify(event)}\n`);
}

function readOptions(): SampleOptions | undefined {
  try {
    const { values } = parseArgs({ options: { seed: { type: 'string' }, applications: { type: 'string' } } });
    const { seed = '7', applications = '300' } = values;
    return /^\d{1,9}$/.test(seed) && /^\d{1,9}$/.test(applications)
      ? { seed: Number(seed), applications: Number(applications) }
      : undefined;
  } catch {
    return undefined;
  }
}

if (import.meta.main) main();
