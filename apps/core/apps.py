from django.db.models.signals import post_migrate

# The module is imported, not the class: a second AppConfig here would disable this one.
from apps.core import plugins


class CoreConfig(plugins.PluginAppConfig):
    name = "apps.core"

    def ready(self) -> None:
        super().ready()
        from apps.core.broker import install_pgmq

        post_migrate.connect(install_pgmq, sender=self, dispatch_uid="install_pgmq")
