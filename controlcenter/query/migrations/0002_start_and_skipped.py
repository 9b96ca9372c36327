from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("query", "0001_initial"),)

    operations = (
        migrations.AddField(model_name="persistentquery", name="start", field=models.JSONField(null=True)),
        migrations.AddField(model_name="persistentquery", name="stuck", field=models.JSONField(null=True)),
        migrations.AddField(model_name="persistentquery", name="skipped", field=models.JSONField(default=list)),
    )
