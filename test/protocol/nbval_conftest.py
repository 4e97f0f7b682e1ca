"""What nbval leaves out when it compares outputs: the figures, which hold times; their text/plain is compared."""


def pytest_collectstart(collector):
    if collector.nodeid.endswith(".ipynb"):
        collector.skip_compare += ("application/vnd.mmaplab.v1+json", "image/svg+xml")
