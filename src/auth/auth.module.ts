import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { Authenticator } from './authenticator.service.js';
import { NoncesRepository } from './nonces.repository.js';
import { NoncesService } from './nonces.service.js';

/** Who is asking. */
@Module({
  imports: [UsersModule],
  providers: [Authenticator, NoncesRepository, NoncesService],
  exports: [Authenticator, NoncesService],
})
export class AuthModule {}
