/** How deeply objects and lists may nest, in definitions, events and contexts. Checked before anything is parsed. */
export const maxDepth = 64;

/** The largest definition text `parseMachine` reads, in bytes of UTF-8. */
export const maxDefinitionBytes = 1_048_576;

/** The largest context, as JSON, in bytes of UTF-8. */
export const maxContextBytes = 1_048_576;

/** How many states one machine may have. */
export const maxStates = 10_000;

/** How many values (objects, lists, strings, numbers …) one definition may hold, wherever it comes from. */
export const maxValues = 500_000;

/** The longest state key, id or event type, in characters. */
export const maxNameLength = 128;
