import numpy as np
import pytest

from groundglass.phantom import growth, trees, tubes
from groundglass.phantom.grids import Axes, Field
from groundglass.phantom.scanner import Scanner
from groundglass.phantom.shapes import Deformation, cut, ellipsoid, join, tube


def _axes() -> Axes:
    return Axes.covering((-30.0, -30.0, -30.0), (30.0, 30.0, 30.0), 3.0)


def test_a_linear_field_is_read_out_exactly_on_planes_between_its_own() -> None:
    axes = _axes()
    x, y, z = axes.mesh()
    scan = Axes((-20.0, -20.0, -20.0), (0.7, 0.9, 1.1), (50, 40, 30))
    field = Field((x + 2 * y + 3 * z).astype(np.float32), axes, scan)
    sx, sy, _ = scan.mesh()
    for height in (-20.0, -0.35, 17.2):
        assert np.allclose(field.at(height), (sx + 2 * sy)[0] + 3 * height, atol=1e-3)


def test_a_field_covers_only_the_pixels_it_has_values_for() -> None:
    scan = Axes((0.0, -50.0, -50.0), (1.0, 1.0, 1.0), (3, 101, 101))
    rows, columns = Field(np.zeros((21, 21, 21), dtype=np.float32), _axes(), scan).box
    assert (rows.start, rows.stop, columns.start, columns.stop) == (20, 81, 20, 81)


def test_the_distance_from_a_sphere_is_exact_and_negative_inside() -> None:
    x, y, z = _axes().mesh()
    d = ellipsoid((x, y, z), (0, 0, 0), (15, 15, 15))
    true = np.sqrt(x**2 + y**2 + z**2) - 15
    assert np.abs(d - true).max() < 0.05


def test_a_tube_is_round_and_tapers() -> None:
    axes = _axes()
    d = tube(axes.mesh(), axes, np.array([[0.0, 0, -24], [0, 0, 24]]), [9.0, 3.0])
    assert d[10, 10, 10] == pytest.approx(-6, abs=0.1)
    assert d[10, 10, 13] == pytest.approx(3, abs=0.1)


def test_joining_and_cutting_round_the_edge_but_keep_the_rest() -> None:
    a, b = np.array([-9.0, 0, 20], dtype=np.float32), np.array([20.0, 0, -9], dtype=np.float32)
    assert join(a, b, 4).tolist() == [-9, -1, -9]
    assert cut(a, b, 4).tolist() == [20, 1, 20]


def test_a_moved_point_has_the_straight_coordinates_it_came_from() -> None:
    warp = Deformation.draw(np.random.default_rng(1), size_mm=4.0)
    points = np.random.default_rng(2).uniform(-150, 150, (40, 3))
    moved = warp.moved(points)
    straight = [warp.straight(*(np.array([[[c]]], dtype=np.float32) for c in p)) for p in moved]
    back = np.array([[float(a.ravel()[0]) for a in one] for one in straight])
    assert np.abs(back - points).max() < 0.02
    assert np.abs(moved - points).max() > 1


def test_a_drawn_tube_has_the_volume_of_the_tube_whatever_its_width() -> None:
    axes = Axes((0.0, 0.0, 0.0), (0.8, 0.7, 0.7), (60, 60, 60))
    for radius in (0.25, 0.5, 0.8, 1.2, 3.0, 6.0):
        out = np.zeros(axes.shape, dtype=np.uint8)
        ends = np.array([[12.0, 21.0, 24.0]]), np.array([[30.0, 22.0, 25.0]])
        tubes.draw(out, axes, *ends, np.array([radius]), np.array([radius]))
        drawn = out.sum() / 255 * 0.8 * 0.7 * 0.7
        length = float(np.linalg.norm(ends[1] - ends[0]))
        true = np.pi * radius**2 * (length + 4 / 3 * radius)
        # Thin tubes are a string of blurred dots: their share of the voxel is kept to a third.
        assert drawn == pytest.approx(true, rel=0.36 if radius < 1 else 0.1), radius


def test_a_tube_beside_the_picture_leaves_it_untouched() -> None:
    axes = Axes((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (5, 5, 5))
    out = np.zeros(axes.shape, dtype=np.uint8)
    far = np.array([[50.0, 50, 50], [60, 60, 60]])
    tubes.draw(out, axes, far, far + 3, np.array([0.5, 4.0]), np.array([0.5, 4.0]))
    assert out.max() == 0


@pytest.mark.parametrize("grow", [trees.divide, growth.join_nearest])
def test_a_grown_tree_hangs_together_and_reaches_its_cloud(grow: trees.Grow) -> None:
    cloud = np.random.default_rng(3).uniform(0, 60, (400, 3))
    trunk = np.array([[-20.0, 30, 30], [-5, 30, 30]])
    points, parent = grow(trunk, cloud, np.random.default_rng(4), least=4)
    assert parent[0] == -1
    assert (parent[1:] < np.arange(1, len(parent))).all()
    assert np.array_equal(points[:2], trunk)
    away = np.linalg.norm(cloud[:, None] - points[None], axis=2).min(1)
    assert np.quantile(away, 0.95) < 14


def test_radii_follow_the_law_of_murray_at_every_branching() -> None:
    parent = np.array([-1, 0, 0, 1, 1, 1])
    radius = trees.murray(parent, tip_mm=0.5, power=3.0)
    assert radius[3] == 0.5
    assert radius[1] ** 3 == pytest.approx(3 * 0.5**3)
    assert radius[0] ** 3 == pytest.approx(radius[1] ** 3 + radius[2] ** 3)


def test_the_noise_of_the_scanner_is_as_loud_as_asked_and_the_lung_kernel_louder() -> None:
    for kernel, low, high in (("FC07", 19.0, 21.0), ("FC51", 42.0, 50.0)):
        scanner = Scanner.of(kernel, rows=128, pixel_mm=0.7, noise_hu=20.0, variant="train")  # type: ignore[arg-type]  # literal
        rng = np.random.default_rng(5)
        seen = scanner.see(np.full((128, 128), 40, dtype=np.float32), scanner.white(rng))
        assert low < float(seen.std()) < high
        assert float(seen.mean()) == pytest.approx(40, abs=1.5)
