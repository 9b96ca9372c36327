"""Programs that ours are measured against, built from source when a bench runs. Each is written here after the shape of others."""
