DEBUG = False
DB_HOST = "db.internal"
DB_PASSWORD = "kT7vq9zLxw2M"
