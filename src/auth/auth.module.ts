import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { Authenticator } from './authenticator.service.js';
import { NoncesService } from './nonces.service.js';
import { Repeats } from './repeats.service.js';

/** Who is asking, and whether they have asked the same before. */
@Module({
  imports: [UsersModule],
  providers: [Authenticator, NoncesService, Repeats],
  exports: [Authenticator, NoncesService, Repeats],
})
export class AuthModule {}
