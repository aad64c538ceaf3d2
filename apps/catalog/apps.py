# The module is imported, not the class: a second AppConfig here would disable this one.
from apps.core import plugins


class CatalogConfig(plugins.PluginAppConfig):
    name = "apps.catalog"
