/** How vit_jax initialises a parameter. */
export type Initializer = 'zeros' | 'ones' | 'lecun_normal' | 'xavier_uniform' | 'normal_0.02' | 'normal_1e-6';

export interface ParamSpec {
  readonly shape: readonly number[];
  readonly init: Initializer;
  /** Input and output width that lecun_normal and xavier_uniform scale by. */
  readonly fan?: readonly [number, number];
}
