import { main } from '../base.ts';

export const network = main.network.router({
  requests: main.network.requests.handler(({ context: { library }, input }) => library.network.list(input)),
});
