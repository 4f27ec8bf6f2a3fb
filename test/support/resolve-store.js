// Loaded into the processes of a server whose store has a name that no name server knows. See store-front.ts.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const { lookup } = dns;

dns.lookup = (name, ...rest) => lookup(/(^|\.)store\.test$/.test(name) ? '127.0.0.1' : name, ...rest);
syncBuiltinESMExports();
