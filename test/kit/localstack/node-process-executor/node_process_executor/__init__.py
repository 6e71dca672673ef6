"""Runs Lambda functions for Node as plain processes under aws-lambda-ric, so that LocalStack needs no container engine."""
