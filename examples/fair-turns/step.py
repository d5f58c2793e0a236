def jobs_of(customer):
    """Give the jobs of one customer, in their order."""
    yield from (job for job in INPUT_DATA if job["customer"] == customer)


def in_turns(queues):
    """Take one from each queue, round after round, until all are empty."""
    waiting = list(queues)
    while waiting:
        for queue in list(waiting):
            try:
                yield next(queue)
            except StopIteration:
                waiting.remove(queue)


customers = dict.fromkeys(job["customer"] for job in INPUT_DATA)  # each once, in order
jobs = in_turns(map(jobs_of, customers))
return [{"turn": turn, **job} for turn, job in enumerate(jobs, start=1)]
