from django.db.models.signals import post_migrate

# The module is imported, not the class: a second AppConfig here would disable this one.
from apps.core import plugins


class ScorecardsConfig(plugins.PluginAppConfig):
    name = "apps.scorecards"

    def ready(self) -> None:
        super().ready()
        from apps.scorecards.install import install_pack

        post_migrate.connect(install_pack, sender=self, dispatch_uid="install_pack")
