// The twin of arithmetic.py, equal to it to the last bit. Stands before every figure.

const LN2_HIGH = 0.69314718036912381649, LN2_LOW = 1.90821492927058770002e-10;

function uniforms(seed) {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const drawn = new Map();

function normals(count, seed) {
  const key = `${count} ${seed}`;
  if (drawn.has(key)) return drawn.get(key);
  const draw = uniforms(seed), values = [];
  while (values.length < count) {
    const radius = Math.sqrt(-2 * Math.log(1 - draw())), angle = 2 * Math.PI * draw();
    values.push(radius * Math.cos(angle), radius * Math.sin(angle));
  }
  drawn.set(key, values.slice(0, count).map((v) => Math.floor(v * 1048576 + 0.5) / 1048576));
  return drawn.get(key);
}

function tanh(x) {
  const y = 2 * Math.min(Math.abs(x), 20), n = Math.floor(y / LN2_HIGH + 0.5);
  const r = y - n * LN2_HIGH - n * LN2_LOW;
  let series = 1, power = 1;
  for (let k = 14; k > 1; k--) series = 1 + (r * series) / k;
  for (let k = 0; k < n; k++) power *= 2;
  const e = power * (r * series) + (power - 1);
  return x < 0 ? -(e / (e + 2)) : e / (e + 2);
}

const sigmoid = (x) => 0.5 * (1 + tanh(x / 2));

const zeros = (rows, columns) => Array.from({ length: rows }, () => new Float64Array(columns));

function product(A, B) {
  const total = zeros(A.length, B[0].length);
  for (let i = 0; i < A.length; i++)
    for (let j = 0; j < B.length; j++) {
      const a = A[i][j], row = B[j], out = total[i];
      for (let k = 0; k < row.length; k++) out[k] += a * row[k];
    }
  return total;
}

function apply(A, v) {
  const out = new Float64Array(A.length);
  for (let i = 0; i < A.length; i++) {
    const row = A[i];
    let sum = 0;
    for (let j = 0; j < v.length; j++) sum += row[j] * v[j];
    out[i] = sum;
  }
  return out;
}

function applyTransposed(A, v) {
  const out = new Float64Array(A[0].length);
  for (let j = 0; j < A.length; j++) {
    const row = A[j], x = v[j];
    for (let i = 0; i < out.length; i++) out[i] += row[i] * x;
  }
  return out;
}

function length(v) {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  return Math.sqrt(sum);
}

function largestSingularValue(A, start = null, precision = 1e-12, steps = 200) {
  let u = start || new Float64Array(A.length).fill(1 / Math.sqrt(A.length));
  let square = 0;
  for (let step = 0; step < steps; step++) {
    const w = apply(A, applyTransposed(A, u)), now = length(w);
    if (now === 0) return [0, u];
    const change = Math.abs(now - square);
    for (let i = 0; i < w.length; i++) w[i] /= now;
    u = w;
    square = now;
    if (change <= precision * square) break;
  }
  return [Math.sqrt(square), u];
}

const largestEntry = (A) => {
  let top = 0;
  for (const row of A)
    for (let i = 0; i < row.length; i++) top = Math.max(top, Math.abs(row[i]));
  return top;
};

function spectralRadius(A) {
  let logRadius = 0, share = 1;
  for (let step = 0; step < 30; step++) {
    const scale = largestEntry(A);
    if (scale === 0) return 0;
    logRadius += share * Math.log(scale);
    A = A.map((row) => row.map((x) => x / scale));
    A = product(A, A);
    share /= 2;
  }
  return Math.exp(logRadius);
}
