import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AuthModule } from '../auth/auth.module.js';
import { Punctuality } from '../database/punctuality.service.js';
import { FileStorageModule } from '../files/storage/file-storage.module.js';
import { UsersModule } from '../users/users.module.js';
import { Answers } from './answers.service.js';
import { BodyReader } from './body-reader.service.js';
import { Connections } from './connections.service.js';
import { Dispatcher } from './dispatcher.service.js';
import { HttpEdge } from './http-edge.service.js';
import { HttpLimits } from './http-limits.service.js';

/** The way of every request to its handler. */
@Module({
  imports: [DiscoveryModule, AuthModule, FileStorageModule, UsersModule],
  providers: [Answers, BodyReader, Connections, Dispatcher, HttpEdge, HttpLimits, Punctuality],
  exports: [Answers, Dispatcher],
})
export class DispatchModule {}
