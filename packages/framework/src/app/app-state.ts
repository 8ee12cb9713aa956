/** How far an application is, in the order in which it passes through. */
export const appStates = ["starting", "ready", "draining", "stopping", "stopped"] as const;
export type AppState = (typeof appStates)[number];
