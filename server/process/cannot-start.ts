/** What keeps the server from starting, as one sentence for the one who started it. */
export class CannotStart extends Error {}
