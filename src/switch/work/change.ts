/** A change of a table that was found to be possible. */
export interface Change {
  /** Makes it. Does not fail. */
  commit(): void;
  /** Makes all as it was before. */
  undo(): void;
}

/** A change of entries of a map; undefined removes one. */
export function change<K, V>(map: Map<K, V>, entries: readonly (readonly [key: K, value: V | undefined])[]): Change {
  let before: readonly (readonly [key: K, value: V | undefined])[] = [];
  const put = (list: typeof before): void => {
    for (const [key, value] of list) {
      if (value === undefined) map.delete(key);
      else map.set(key, value);
    }
  };
  return {
    commit() {
      before = entries.map(([key]) => [key, map.get(key)] as const);
      put(entries);
    },
    undo: () => put(before),
  };
}
