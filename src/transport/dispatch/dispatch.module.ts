import { FilesModule } from '../../files/files.module.js';
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AuthModule } from '../../auth/auth.module.js';
import { Punctuality } from '../../foundation/database/punctuality.service.js';
import { UsersModule } from '../../users/users.module.js';
import { Answers } from './answers.service.js';
import { BodyReader } from './body-reader.service.js';
import { Connections } from './connections.service.js';
import { Dispatcher } from './dispatcher.service.js';
import { HttpEdge } from './http-edge.service.js';
import { HttpLimits } from './http-limits.service.js';
import { UploadEdge } from './upload-edge.service.js';

/** The way of every request to its handler. */
@Module({
  imports: [DiscoveryModule, AuthModule, FilesModule, UsersModule],
  providers: [Answers, BodyReader, Connections, Dispatcher, HttpEdge, HttpLimits, Punctuality, UploadEdge],
  exports: [Answers, Dispatcher],
})
export class DispatchModule {}
