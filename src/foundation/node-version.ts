/** The oldest Node.js that Plaza runs on, as `engines` in package.json has it. */
const OLDEST = [20, 19] as const;

/**
 * One line for the operator when Node.js is too old for Plaza, undefined when it will do.
 * @param version such as `v18.19.0`
 */
export function tooOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `plaza: Node.js ${version} is too old: Plaza needs ${OLDEST.join('.')} or later (https://nodejs.org)`;
}

const problem = tooOldNode(process.version);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
