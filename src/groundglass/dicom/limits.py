"""How much an input may ask for; checked before memory is taken."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Limits on what is read. The defaults take any chest study and refuse what no scanner makes.

    Attributes
    ----------
    max_files : int
        Files looked at under all inputs together, members of archives too. A spectral study of several reconstructions
        has some 20,000.
    max_file_bytes : int
        One DICOM file or archive member; an enhanced CT of 2,000 frames of 512 x 512 has 1 GiB.
    max_archive_bytes : int
        All members of one archive together, uncompressed.
    max_archive_ratio : float
        Uncompressed over compressed size of one member above 1 MiB. Deflate cannot pass 1032; a padded CT slice stays
        under 200.
    max_archive_members : int
        Members of one archive.
    max_archive_depth : int
        Archives within archives: 1 is an archive, 2 an archive in an archive.
    max_folder_depth : int
        Folders within folders.
    max_header_bytes : int
        Header of one DICOM file before the pixels.
    max_slices, max_rows, max_columns : int
        Sides of a volume. 2048 columns are the widest CT matrix in use.
    max_volume_bytes : int
        Voxels of one volume in memory, as int16.
    widest_side_mm : float
        Longest side of a voxel of a NIfTI volume. Slices that are analysed lie at most 25 mm apart; a data set whose
        slices were thinned to one in ten may have ten times as much.
    """

    max_files: int = 200_000
    max_file_bytes: int = 2048 * _MIB
    max_archive_bytes: int = 16 * 1024 * _MIB
    max_archive_ratio: float = 400.0
    max_archive_members: int = 200_000
    max_archive_depth: int = 2
    max_folder_depth: int = 64
    max_header_bytes: int = 64 * _MIB
    max_slices: int = 8192
    max_rows: int = 4096
    max_columns: int = 4096
    max_volume_bytes: int = 3 * 1024 * _MIB
    widest_side_mm: float = 250.0
