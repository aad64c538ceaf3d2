import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0001_facts_and_results")]

    operations = [
        migrations.AddField(
            model_name="fact",
            name="refresh_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.RemoveIndex(model_name="fact", name="fact_observed"),
        migrations.AddIndex(
            model_name="fact",
            index=models.Index(
                condition=models.Q(("is_current", True)), fields=["refresh_at"], name="fact_refresh"
            ),
        ),
    ]
