import { Module } from '@nestjs/common';
import { GateModule } from '../moderation/gate/gate.module.js';
import { UsersModule } from '../users/users.module.js';
import { InboxController } from './inbox.controller.js';
import { InboxService } from './inbox.service.js';
import { NewestMessages } from './newest-messages.service.js';

/** Direct messages. */
@Module({
  imports: [GateModule, UsersModule],
  controllers: [InboxController],
  providers: [InboxService, NewestMessages],
  exports: [InboxService],
})
export class InboxModule {}
