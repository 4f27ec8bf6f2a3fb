// The environment of suites that use Plaza's compiled code in their own process. The code is loaded outside of Jest's
// sandbox, once for each process of Jest: to load the frameworks anew for each suite would take two seconds.
import { URL } from 'node:url';
import 'reflect-metadata';
import { TestEnvironment } from 'jest-environment-node';
import { checkRows } from './check-rows.js';
import { checkTransactions } from './check-transactions.js';

const COMPILED = new URL('../../dist/src/', import.meta.url);

checkRows();
checkTransactions();

export default class CompiledEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.importCompiled = (path) => import(new URL(path, COMPILED));
  }
}
