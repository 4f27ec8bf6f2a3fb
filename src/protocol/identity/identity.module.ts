import { type DynamicModule, Module } from '@nestjs/common';
import { loadSodium } from '../crypto/sodium.js';
import { ServerIdentity } from './server-identity.js';
import { SODIUM } from './sodium.provider.js';

/** Makes the server's key pair, and libsodium to use it with, injectable everywhere. */
@Module({})
export class IdentityModule {
  static forRoot(identity: ServerIdentity): DynamicModule {
    return {
      module: IdentityModule,
      global: true,
      providers: [
        { provide: ServerIdentity, useValue: identity },
        { provide: SODIUM, useFactory: () => loadSodium() },
      ],
      exports: [ServerIdentity, SODIUM],
    };
  }
}
