import { OpenAPIGenerator } from '@orpc/openapi';
import packageJson from '../../../package.json' with { type: 'json' };
import { contract } from '../../../src-shared/contract/contract.ts';
import type { Handler } from './answer.ts';
import { valibotConverter } from './json-schema.ts';

/** The contract as an OpenAPI 3.1 document: for scripts, and for whoever wants to know what can be called. */
export async function openapiDocument(): Promise<object> {
  const generator = new OpenAPIGenerator({ schemaConverters: [valibotConverter] });
  return generator.generate(contract, {
    info: { title: 'Vitrine', version: packageJson.version, description: packageJson.description },
    servers: [{ url: '/api' }],
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  });
}

export async function openapiHandler(): Promise<Handler> {
  const text = JSON.stringify(await openapiDocument());
  return async () => new Response(text, { headers: { 'content-type': 'application/json' } });
}
