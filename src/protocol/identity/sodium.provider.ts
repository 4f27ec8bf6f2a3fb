/** Injection token of the Sodium port that this process has loaded. */
export const SODIUM = Symbol('plaza:sodium');
