"""WHEN: the only place that knows Airflow. Everything that is done lies in `pipeline`; here it is only called."""
