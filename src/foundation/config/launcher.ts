/** True when npm runs this process: it sets this for the scripts of a package. */
export function isRunByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined;
}

/** The environment of this process, by name. */
export function ownEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** The user as whom systemd runs this process as a service, whose hints are read in the journal; undefined otherwise. */
export function serviceUser(): string | undefined {
  const { INVOCATION_ID: invocation, JOURNAL_STREAM: journal, USER: user = 'root' } = process.env;
  const isService = !process.stdout.isTTY && invocation !== undefined && journal !== undefined;
  return isService ? user : undefined;
}
