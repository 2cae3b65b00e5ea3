import { isContractProcedure } from '@orpc/contract';
import type { AnyContractProcedure, InferContractRouterInputs, InferContractRouterOutputs } from '@orpc/contract';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { ERROR_CODES } from '../errors.ts';
import { contract } from './contract.ts';

type IsAny<T> = 0 extends 1 & T ? true : false;

/** Where `any` stands in a type, as a path; never where it stands nowhere. Five levels: recursive types have no end. */
type AnyIn<T, Path extends string, Depth extends 0[] = []> =
  IsAny<T> extends true
    ? Path
    : Depth['length'] extends 6
      ? never
      : T extends { next: () => Promise<IteratorResult<infer Yielded, infer Returned>> }
        ? AnyIn<Yielded, `${Path} yields`, [...Depth, 0]> | AnyIn<Returned, `${Path} returns`, [...Depth, 0]>
        : T extends readonly (infer Item)[]
          ? AnyIn<Item, `${Path}[]`, [...Depth, 0]>
          : T extends object
            ? { [Key in keyof T & string]: AnyIn<T[Key], `${Path}.${Key}`, [...Depth, 0]> }[keyof T & string]
            : never;

/** Of a procedure, what this looks at. */
interface Definition {
  route: { method?: string; summary?: string };
  outputSchema?: object;
  inputSchema?: object;
  errorMap: object;
}

function procedures(of: object, path: string[] = []): [name: string, procedure: AnyContractProcedure][] {
  return Object.entries(of).flatMap(([name, value]: [string, object]) =>
    isContractProcedure(value) ? [[[...path, name].join('.'), value] as const] : procedures(value, [...path, name]),
  ) as [string, AnyContractProcedure][];
}

test('no input and no output is "any" anywhere (checked by npm run types)', () => {
  expectTypeOf<AnyIn<InferContractRouterInputs<typeof contract>, 'input'>>().toBeNever();
  expectTypeOf<AnyIn<InferContractRouterOutputs<typeof contract>, 'output'>>().toBeNever();
  expectTypeOf<AnyIn<{ a: { b: AsyncIterator<{ c: never[] }, void> } }, 'x'>>().toBeNever();
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- that the search finds one
  expectTypeOf<AnyIn<{ a: { b: AsyncIterator<{ c: any[] }, void> } }, 'x'>>().toEqualTypeOf<'x.a.b yields.c[]'>();
});

describe.each(procedures(contract))('%s', (_name, procedure) => {
  const { route, outputSchema, inputSchema, errorMap } = procedure['~orpc'] as Definition;

  test('says what it does and how it is called', () => {
    expect(['GET', 'POST']).toContain(route.method);
    expect(route.summary).toMatch(/^[A-Z].{5,}[^.]$/);
  });

  test('has an output of a known shape, and fails with the one table of codes', () => {
    expect(outputSchema).toBeDefined();
    expect(Object.keys(errorMap).sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  test('a GET takes plain values only, which fit into an address', () => {
    if (route.method !== 'GET' || inputSchema === undefined) return;
    const { entries } = inputSchema as unknown as {
      entries: Record<string, { type: string; wrapped?: { type: string } }>;
    };
    const types = Object.values(entries).map(({ type, wrapped }) => wrapped?.type ?? type);
    expect(types.filter((type) => type === 'object' || type === 'record' || type === 'tuple')).toEqual([]);
  });
});
