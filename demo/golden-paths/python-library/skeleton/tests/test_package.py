"""What every release keeps."""

from importlib import resources

import ${{ values.package }} as package


def test_what_is_promised_can_be_imported():
    assert all(hasattr(package, name) for name in package.__all__)


def test_the_package_carries_its_types():
    assert resources.files(package).joinpath("py.typed").is_file()
