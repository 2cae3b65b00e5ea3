import type { JSONSchema } from '@orpc/openapi';
import type * as v from 'valibot';
import { jsonSchemaOf } from './json-schema.ts';

/** Of a procedure, what this needs. */
export interface CallSchema {
  route: { method?: string };
  inputSchema?: object;
}

/**
 * The input of a GET call as its schema means it: an address holds only texts, so "10" becomes 10 where a number is
 * asked for, "true" a boolean, and one value a list where a list is asked for. What doesn't fit stays, and is refused
 * by the schema.
 */
export function queryValues({ route, inputSchema }: CallSchema, input: unknown): unknown {
  if (route.method !== 'GET' || !isRecord(input) || inputSchema === undefined) return input;
  const schema = propertiesOf(inputSchema);
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      Object.hasOwn(schema, name) ? meant(value, schema[name]!) : value,
    ]),
  );
}

const known = new WeakMap<object, Record<string, JSONSchema>>();

function propertiesOf(schema: object): Record<string, JSONSchema> {
  let properties = known.get(schema);
  if (!properties) {
    const json = jsonSchemaOf(schema as v.GenericSchema, 'input');
    properties = (typeof json === 'object' ? json.properties : undefined) ?? {};
    known.set(schema, properties);
  }
  return properties;
}

function meant(value: unknown, schema: JSONSchema): unknown {
  if (typeof schema === 'boolean') return value;
  const alternatives = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter((s) => typeof s === 'object');
  const types = new Set(alternatives.flatMap(({ type }) => type ?? []));
  if (types.has('array')) {
    const items = alternatives.find(({ type }) => type === 'array')?.items;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return items === undefined || Array.isArray(items) ? list : list.map((item) => meant(item, items as JSONSchema));
  }
  if (typeof value !== 'string') return value;
  const isNumber = (types.has('number') || types.has('integer')) && value.trim() !== '' && !Number.isNaN(Number(value));
  if (isNumber) return Number(value);
  if (types.has('boolean') && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function isRecord(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
