import { attrType, type GraphBuilder } from './graph-builder.ts';
import { DT, shapeProto, type AttrValue, type MetaGraph } from './proto.ts';

export interface SavedVariable {
  /** In the files. */
  name: string;
  /** Name of the VarHandleOp, and of the node that reads it. */
  handle: string;
  read: string;
}

/** A constant of strings: a scalar for one given alone. */
export function stringConstant(builder: GraphBuilder, name: string, values: string | readonly string[]): string {
  const shape = typeof values === 'string' ? [] : [values.length];
  const text = new TextEncoder();
  const bytes = [values].flat().map((value) => text.encode(value));
  return builder.node('Const', {
    name,
    attrs: {
      dtype: attrType('string'),
      value: { tensor: { dtype: DT.string, tensor_shape: shapeProto(shape), string_val: bytes } },
    },
  });
}

/** The attribute of SaveV2 and RestoreV2 for so many float32 tensors. */
export function floatTypes(count: number): Record<string, AttrValue> {
  return { dtypes: { list: { type: new Array<number>(count).fill(DT.float32) } } };
}

/** The nodes by which TensorFlow's loaders restore float32 variables, and save them again. */
export function addSaver(builder: GraphBuilder, variables: readonly SavedVariable[]): MetaGraph['saver'] {
  const string = attrType('string');
  return builder.scope('save', () => {
    const prefix = builder.node('PlaceholderWithDefault', {
      name: 'prefix',
      inputs: [stringConstant(builder, 'prefix/default', 'variables/variables')],
      attrs: { dtype: string, shape: { shape: shapeProto([]) } },
    });
    const names = stringConstant(builder, 'names', variables.map(({ name }) => name)); // prettier-ignore
    const slices = stringConstant(builder, 'slices', variables.map(() => '')); // prettier-ignore
    const save = builder.node('SaveV2', {
      name: 'save',
      inputs: [prefix, names, slices, ...variables.map(({ read }) => read)],
      attrs: floatTypes(variables.length),
    });
    const saved = builder.node('Identity', {
      name: 'saved',
      inputs: [prefix],
      control: [save],
      attrs: { T: string },
    });
    const restored = builder.node('RestoreV2', {
      name: 'restored',
      inputs: [prefix, names, slices],
      attrs: floatTypes(variables.length),
    });
    const assigned = variables.map(({ handle }, i) =>
      builder.node('AssignVariableOp', {
        name: 'assign',
        inputs: [handle, i === 0 ? restored : `${restored}:${i}`],
        attrs: { dtype: attrType('float32') },
      }),
    );
    const restore = builder.node('NoOp', { name: 'restore', control: assigned });
    return { filename_tensor_name: `${prefix}:0`, save_tensor_name: `${saved}:0`, restore_op_name: restore };
  });
}
