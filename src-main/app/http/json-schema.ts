import type { ConditionalSchemaConverter, JSONSchema } from '@orpc/openapi';
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';

/** A valibot schema as JSON Schema; what that can't say (a transformation, a check) is left out. */
export function jsonSchemaOf(schema: v.GenericSchema, side: 'input' | 'output'): JSONSchema {
  const { $schema: _, ...json } = toJsonSchema(schema, { typeMode: side, errorMode: 'ignore' });
  return json as JSONSchema;
}

/** How oRPC's generator reads the contract's schemas. */
export const valibotConverter: ConditionalSchemaConverter = {
  condition: (schema) => schema?.['~standard'].vendor === 'valibot',
  convert(schema, { strategy }) {
    const own = schema as unknown as v.GenericSchema;
    return [!v.safeParse(own, undefined).success, jsonSchemaOf(own, strategy)];
  },
};
