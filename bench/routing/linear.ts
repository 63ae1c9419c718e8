/**
 * Ridge regression by Gaussian elimination. The first column is the constant, which is not held back.
 * @returns one effect a column
 */
export function solve(rows: readonly (readonly number[])[], targets: readonly number[], ridge: number): number[] {
  const width = rows[0]?.length ?? 0;
  const matrix = Array.from({ length: width }, (_, i) => {
    const line = Array.from({ length: width }, (_, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, i === j && i > 0 ? ridge : 0));
    return [...line, rows.reduce((sum, row, at) => sum + row[i]! * targets[at]!, 0)];
  });
  for (let column = 0; column < width; column++) {
    const pivot = matrix
      .slice(column)
      .reduce((best, line, at) => (Math.abs(line[column]!) > Math.abs(matrix[best]![column]!) ? at + column : best), column);
    [matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!];
    const head = matrix[column]!;
    if (Math.abs(head[column]!) < 1e-12) continue;
    for (const line of matrix) {
      if (line === head) continue;
      const factor = line[column]! / head[column]!;
      for (let at = column; at <= width; at++) line[at]! -= factor * head[at]!;
    }
  }
  return matrix.map((line, at) => (Math.abs(line[at]!) < 1e-12 ? 0 : line[width]! / line[at]!));
}
