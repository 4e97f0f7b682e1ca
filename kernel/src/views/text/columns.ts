/** Aligned columns of text. */

/**
 * Lays cells out in columns two spaces apart. A column without any text takes no room.
 * @param numeric indexes of the columns whose cells are aligned at the right
 */
export function alignedColumns(rows: readonly (readonly string[])[], numeric: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, width(cell))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = " ".repeat((widths[column] ?? 0) - width(cell));
        return numeric.includes(column) ? space + cell : cell + space;
      })
      .filter((_, column) => (widths[column] ?? 0) > 0)
      .join("  ")
      .trimEnd(),
  );
}

/** Characters, not UTF-16 units. */
function width(cell: string): number {
  return [...cell].length;
}
