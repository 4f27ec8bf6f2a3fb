import { Injectable } from '@nestjs/common';
import { type CommandDefinition, type CommandGiver, GIVERS } from './command-definition.js';
import { HelpText } from './help-text.js';
import { MemberCommands } from './member-commands.service.js';
import { MessageCommands } from './message-commands.service.js';
import { commandNamed } from './parse.js';
import { PeopleCommands } from './people-commands.service.js';
import { RecordCommands } from './record-commands.service.js';
import { RuleCommands } from './rule-commands.service.js';
import { RoomCommands } from './room-commands.service.js';

/**
 * The one table of commands: the chat, `plaza command` and the page of the manual are made from it. A person who may give
 * a command may give those of everybody with less say, too.
 */
@Injectable()
export class CommandTable {
  readonly all: readonly CommandDefinition[];

  constructor(
    people: PeopleCommands,
    messages: MessageCommands,
    rooms: RoomCommands,
    rules: RuleCommands,
    records: RecordCommands,
    members: MemberCommands,
  ) {
    const help: CommandDefinition = {
      name: 'help',
      about: 'nothing',
      usage: '[command]',
      giver: 'member',
      help: 'Lists the commands, or explains one.',
      undo: null,
      run: ({ text, giver }) => Promise.resolve(new HelpText(this.for(giver)).about(text)),
    };
    this.all = [
      ...people.all,
      ...messages.all,
      ...rooms.all,
      ...rules.all,
      ...records.all,
      ...members.all,
      help,
    ];
  }

  /** The commands that somebody may give. */
  for(giver: CommandGiver): CommandDefinition[] {
    return this.all.filter((command) => GIVERS.indexOf(command.giver) <= GIVERS.indexOf(giver));
  }

  /** The command of a name; undefined when there is none. */
  find(name: string): CommandDefinition | undefined {
    return commandNamed(name, this.all);
  }
}
