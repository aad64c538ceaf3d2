"""What scorecards add to the apps below."""

from apps.catalog.extensions import IngestionListener, ingestion_listeners
from apps.integrations.extensions import PipelineListener, pipeline_listeners
from apps.scorecards.extensions import collectors
from apps.scorecards.facts.catalog import CatalogCollector
from apps.scorecards.facts.forge import ForgeCollector
from apps.scorecards.facts.repository import RepositoryCollector


def register() -> None:
    """Add collectors and listeners."""
    for collector in (RepositoryCollector(), ForgeCollector(), CatalogCollector()):
        collectors.register(collector)
    ingestion_listeners.register(IngestionListener("scorecards", "scorecards.collect_and_evaluate"))
    pipeline_listeners.register(PipelineListener("scorecards", "scorecards.after_pipeline"))
