import { type DynamicModule, Module } from '@nestjs/common';
import { ServerIdentity } from './server-identity.js';

/** Makes the server's key pair injectable everywhere. */
@Module({})
export class IdentityModule {
  static forRoot(identity: ServerIdentity): DynamicModule {
    return {
      module: IdentityModule,
      global: true,
      providers: [{ provide: ServerIdentity, useValue: identity }],
      exports: [ServerIdentity],
    };
  }
}
