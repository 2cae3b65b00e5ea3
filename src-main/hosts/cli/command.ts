export type { Command, CommandContext } from '../../app/command.ts';
