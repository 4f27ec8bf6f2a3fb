import { lookup } from 'node:dns/promises';
import { BlockList, isIPv4 } from 'node:net';
import { loopbackWarning, refusedHost } from '../../foundation/config/community-url.js';
import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { LISTENS_EVERYWHERE } from '../../foundation/config/server-settings.js';
import { type Settings } from '../../foundation/config/settings.js';
import { type Finding, good, problem, unknown } from './finding.js';

/** Milliseconds for one request to the public address. */
const PATIENCE = 10_000;
/** Bytes of a request that a proxy must let through, as large as clients make them: a file of 10 MB in an onion request. */
const LARGE_BODY = 14_000_000;
/** Bytes of the front page that are looked through for the key. */
const PAGE_BYTES = 1_000_000;

const privateRanges = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
] as const) {
  privateRanges.addSubnet(network, bits);
}

/** Whether clients accept the address at all (protocol 10). */
export function checkForm(publicUrl: string): Finding {
  const remedy = `Give it an address that leads here: ${plazaCommand('setup')}`;
  if (loopbackWarning(publicUrl) !== undefined)
    return problem('address', `${publicUrl} leads nowhere from outside`, remedy);
  const refused = refusedHost(publicUrl);
  return refused === undefined ? good('address', publicUrl) : problem('address', refused, remedy);
}

/** Whether the name leads to an address that the internet knows. */
export async function checkName(publicUrl: string): Promise<Finding> {
  const { hostname } = new URL(publicUrl);
  const found = await lookup(hostname, { all: true }).catch(() => []);
  return judgeName(
    hostname,
    found.map(({ address }) => address),
  );
}

/** @param addresses that the host stands for */
export function judgeName(hostname: string, addresses: readonly string[]): Finding {
  if (addresses.length === 0) {
    const todo = `Make a record for ${hostname} where its domain is kept, with the address of this machine`;
    return problem('name', `${hostname} leads to no address`, todo);
  }
  const seen = `${hostname} is ${addresses.join(', ')}`;
  if (addresses.every((address) => isIPv4(address) && privateRanges.check(address)))
    return problem(
      'name',
      `${seen}, which only this network knows`,
      'Use the address that the internet knows',
    );
  return good('name', seen);
}

/** Whether this community answers at its address, as far as this machine can tell. */
export async function checkReach(publicUrl: string, publicKeyHex: string): Promise<Finding> {
  const page = await ask(`${publicUrl}/`, {});
  if (page instanceof Error) {
    return problem(
      'reach',
      `${publicUrl} can't be reached from this machine (${page.message})`,
      'Look at the server, the proxy and the firewall. Where the router leads no machine to itself, try from a phone',
    );
  }
  const keys = new Set(page.text.match(/(?<=public_key=)[0-9a-f]{64}/g) ?? []);
  if (keys.has(publicKeyHex)) return good('reach', `${publicUrl} shows this community`);
  if (keys.size > 0)
    return problem(
      'reach',
      `another community answers at ${publicUrl}`,
      'Look at where the name and the proxy lead',
    );
  if (page.status === 200) return unknown('reach', `${publicUrl} answers, with no public room to know it by`);
  return problem(
    'reach',
    `${publicUrl} answers ${page.status}`,
    'Look at the server and at what the proxy logs',
  );
}

/** Whether what clients send arrives: onion requests, of the largest size that they have. */
export async function checkOnionRequests(publicUrl: string): Promise<Finding> {
  const answer = await ask(`${publicUrl}/oxen/v4/lsrpc`, { method: 'POST', body: Buffer.alloc(LARGE_BODY) });
  if (answer instanceof Error) return unknown('requests', `none could be tried (${answer.message})`);
  return judgeAnswer(publicUrl, answer.status);
}

/** @param status the answer to a large request that no community can decrypt */
export function judgeAnswer(publicUrl: string, status: number): Finding {
  if (status >= 300 && status < 400) {
    const todo =
      'Have the proxy pass on /oxen/ and /loki/ instead of sending them elsewhere: clients follow no redirect';
    return problem('requests', `${publicUrl} sends onion requests elsewhere (${status})`, todo);
  }
  if (status === 413) {
    const todo = 'Have the proxy take bodies of 15 MB (client_max_body_size in nginx)';
    return problem('requests', `a request of ${LARGE_BODY / 1e6} MB is too large for what is in front`, todo);
  }
  if (status === 400) return good('requests', `those of ${LARGE_BODY / 1e6} MB arrive`);
  return problem('requests', `an onion request is answered ${status}`, 'Look at what the proxy logs');
}

/** Whether the server knows people by their own addresses behind a proxy. */
export function checkProxy({ publicUrl, host, trustedProxies }: Settings): Finding {
  const about = 'proxy';
  const isProxied = publicUrl.startsWith('https:');
  if (!isProxied) return good(about, 'none is needed: the address has no TLS');
  const isElsewhere = LISTENS_EVERYWHERE.has(host);
  if (isElsewhere && trustedProxies.every((range) => range === 'loopback')) {
    return problem(
      about,
      `HOST is ${host}, so a proxy may be on another machine or outside of this container, and TRUSTED_PROXIES names none`,
      'Name it in TRUSTED_PROXIES, or everybody shares its limits; with the proxy on this machine set HOST=127.0.0.1',
    );
  }
  return good(about, `X-Forwarded-For is believed of ${trustedProxies.join(', ')}`);
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function ask(url: string, options: RequestInit): Promise<Answered | Error> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(url, { redirect: 'manual', signal, ...options });
    return { status: response.status, text: (await response.text()).slice(0, PAGE_BYTES) };
  } catch (error) {
    const { cause } = error as Error;
    return cause instanceof Error ? cause : (error as Error);
  }
}
