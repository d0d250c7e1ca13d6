"""The surface that gathers most evidence and stays smooth: paths in many directions, then a smooth sheet of splines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.interpolate import BSpline

from groundglass.analysis.lobes.frames import Heights

RIDGE = 1e-4
"""Weight of the coefficients' own squares: so little that a sheet runs straight on where nothing is seen."""
FORGETS = 0.96
"""What lies behind counts so much less a sample: half after 50 mm, so that far evidence does not outweigh near."""
OUTLIER_MM = 3.0
"""Heights nearer to the sheet are never outliers: two samples across a fissure."""


def best_paths(score: NDArray[np.float32], step_penalty: float, widest_step: int) -> NDArray[np.float32]:
    """Add to each sample the evidence of the best smooth paths through it, to both sides along u and along x.

    Parameters
    ----------
    score : (u, x, n) float32
        Evidence.
    step_penalty : float
        Evidence lost by a path that climbs one sample of n, growing with the square of the climb.
    widest_step : int
        Samples of n that a path may climb at most.

    Returns
    -------
    (u, x, n) float32
        Sum over the four directions, its own evidence counted once (semi-global matching, Hirschmüller, IEEE TPAMI
        2008;30:328-341, with a quadratic penalty).
    """
    total = score.copy()
    for axis in (0, 1):
        moved = np.ascontiguousarray(np.moveaxis(score, axis, 0))
        for backwards in (False, True):
            line = moved[::-1] if backwards else moved
            gathered = np.zeros_like(line)
            for k in range(1, len(line)):
                before = gathered[k - 1] + line[k - 1]
                best = before.copy()
                for shift in range(1, widest_step + 1):
                    lost = np.float32(step_penalty * shift * shift)
                    np.maximum(best[:, shift:], before[:, :-shift] - lost, out=best[:, shift:])
                    np.maximum(best[:, :-shift], before[:, shift:] - lost, out=best[:, :-shift])
                gathered[k] = np.float32(FORGETS) * (best - best.max(axis=1, keepdims=True))
            total += np.moveaxis(gathered[::-1] if backwards else gathered, 0, axis)
    return total


def peaks(total: NDArray[np.float32], n_mm: NDArray[np.float64]) -> Heights:
    """Return the height of most evidence of each column of samples, between samples, mm."""
    best = np.clip(total.argmax(axis=2), 1, total.shape[2] - 2)
    a, b, c = (np.take_along_axis(total, best[:, :, None] + d, 2)[:, :, 0] for d in (-1, 0, 1))
    bend = np.minimum(a - 2 * b + c, -1e-3)
    part = np.clip(0.5 * (a - c) / bend, -0.5, 0.5)
    return np.asarray(n_mm[0] + (best + part) * (n_mm[1] - n_mm[0]), dtype=np.float32)


def smooth_sheet(
    heights: Heights, weights: NDArray[np.float32], *, step_mm: float, knot_mm: float, stiffness: float
) -> Heights:
    """Fit a smooth sheet to heights: tensor-product cubic splines with a penalty on bending, outliers let go.

    Parameters
    ----------
    heights : (u, x) float32
        mm.
    weights : (u, x) float32
        At least 0.
    step_mm, knot_mm : float
        Distance of the samples, and of the knots of the splines, mm.
    stiffness : float
        Weight of the squared second differences of the coefficients.

    Returns
    -------
    (u, x) float32
        P-splines (Eilers and Marx, Statist. Sci. 1996;11:89-121); straight on where no weight is.
    """
    by_u, by_x = (_basis(n, step_mm, knot_mm) for n in heights.shape)
    bend_u, bend_x = (np.diff(np.eye(b.shape[1]), 2, axis=0) for b in (by_u, by_x))
    ku, kx = by_u.shape[1], by_x.shape[1]
    slope_u, slope_x = (np.diff(np.eye(k), 1, axis=0) for k in (ku, kx))
    twist = np.kron(slope_u.T @ slope_u, slope_x.T @ slope_x)
    penalty = np.kron(bend_u.T @ bend_u, np.eye(kx)) + np.kron(np.eye(ku), bend_x.T @ bend_x) + 2 * twist
    pairs_u = (by_u[:, :, None] * by_u[:, None, :]).reshape(len(by_u), -1)
    pairs_x = (by_x[:, :, None] * by_x[:, None, :]).reshape(len(by_x), -1)
    regular = stiffness * penalty + RIDGE * np.eye(ku * kx)
    now, fit = weights.astype(np.float64), np.zeros(heights.shape)
    for again in range(4):
        if again:
            # Tukey's biweight: heights far from the sheet have found something else
            off = heights - fit
            far = max(OUTLIER_MM, 4.0 * float(np.median(np.abs(off[weights > 0])))) if weights.any() else OUTLIER_MM
            now = weights * np.clip(1 - (off / far) ** 2, 0, 1) ** 2
        gram = (pairs_u.T @ now @ pairs_x).reshape(ku, ku, kx, kx).transpose(0, 2, 1, 3).reshape(ku * kx, -1)
        right = (by_u.T @ (now * heights) @ by_x).ravel()
        found = linalg.solve(gram + regular, right, assume_a="pos", check_finite=False).reshape(ku, kx)
        fit = by_u @ found @ by_x.T
    return np.asarray(fit, dtype=np.float32)


def _basis(count: int, step_mm: float, knot_mm: float) -> NDArray[np.float64]:
    pieces = max(2, round((count - 1) * step_mm / knot_mm))
    knots = np.arange(-3, pieces + 4) / pieces * (count - 1)
    return np.asarray(BSpline.design_matrix(np.arange(count, dtype=np.float64), knots, 3, extrapolate=True).toarray())
