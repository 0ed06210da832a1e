"""All SQL: the session, the models, one module of queries for each noun, and the migrations."""
