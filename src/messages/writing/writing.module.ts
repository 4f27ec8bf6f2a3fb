import { Module } from '@nestjs/common';
import { UsersModule } from '../../users/users.module.js';
import { MessageWriter } from './message-writer.service.js';
import { ServerAuthor } from './server-author.service.js';
import { TakenPosts } from './taken-posts.service.js';

/** The ways in which messages come into a room. */
@Module({
  imports: [UsersModule],
  providers: [MessageWriter, ServerAuthor, TakenPosts],
  exports: [MessageWriter, ServerAuthor, TakenPosts],
})
export class WritingModule {}
