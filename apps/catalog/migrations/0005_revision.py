"""
The revision of the catalog, changed by a trigger so that no writer can forget it.

The trigger fires once for a statement, however many rows that touches, and in the transaction of
the writer: others see the new revision exactly when they see the new entities.
"""

import uuid

from django.db import migrations, models

CREATE = """
CREATE FUNCTION catalog_entity_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_revision (id, value) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END
$$;
CREATE TRIGGER catalog_entity_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON catalog_entity
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_entity_changed();
"""
DROP = """
DROP TRIGGER catalog_entity_changed ON catalog_entity;
DROP FUNCTION catalog_entity_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_facet_index")]

    operations = [
        migrations.CreateModel(
            name="Revision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value", models.UUIDField(default=uuid.uuid4)),
            ],
        ),
        migrations.RunSQL(CREATE, DROP),
        # Without the tags: an entry of an index holds 2700 bytes, and there can be many tags.
        migrations.RemoveIndex(model_name="entity", name="entity_facets"),
        migrations.AddIndex(
            model_name="entity",
            index=models.Index(
                fields=["kind", "type", "lifecycle", "owner_ref", "system_ref", "is_restricted"],
                name="entity_facets",
            ),
        ),
    ]
