import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { Authenticator } from './authenticator.service.js';
import { NoncesService } from './nonces.service.js';
import { Repeats } from './repeats.service.js';

/** Authentication of requests, and recognition of those that come again. */
@Module({
  imports: [UsersModule],
  providers: [Authenticator, NoncesService, Repeats],
  exports: [Authenticator, NoncesService, Repeats],
})
export class AuthModule {}
